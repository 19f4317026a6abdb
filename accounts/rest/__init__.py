"""What every endpoint of the REST API shares: who calls, how bodies are read, how answers and errors look."""

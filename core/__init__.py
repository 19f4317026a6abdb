"""Code that every domain uses and none owns. It imports nothing else of the project."""

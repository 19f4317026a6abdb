"""What a transfer of a workspace to another account does to each noun.

Each noun registers its own parts in `AppConfig.ready()`: functions that say what will happen, do it, and undo it.
"""

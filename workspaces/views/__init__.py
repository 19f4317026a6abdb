"""Pages about workspaces as a whole: the way in, all of them, a new one, the settings of one."""

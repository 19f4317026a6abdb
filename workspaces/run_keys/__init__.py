"""Keys that open the API for one flow run while it lasts (docs/security.md, "Keys of runs")."""

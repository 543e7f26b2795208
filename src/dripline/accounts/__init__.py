"""Who uses it: workspaces, their keys, the first start."""

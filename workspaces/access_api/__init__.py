"""Who was let into a workspace, with which role (cloud-api.md 2.8). Nobody gives or takes more than they have."""

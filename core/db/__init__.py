"""What all models and queries share: ids, fields, lookups and prepared statements."""

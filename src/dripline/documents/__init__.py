"""Reading what people write: YAML and JSON as values with places, faults that name them, fields, conditions. Pure."""

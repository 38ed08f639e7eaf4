"""The HTTP edge: one file per resource, named after its domain. openapi.json is the contract."""

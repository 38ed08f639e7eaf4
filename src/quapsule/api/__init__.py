"""The HTTP edge: one file per resource, named after its domain. wire.md is the contract, openapi.json what is spoken."""

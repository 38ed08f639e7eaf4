"""A sealed run as others want to see it: a report for people, an RO-Crate, DataCite's metadata."""

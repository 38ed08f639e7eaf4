"""What is in the archive, byte by byte: names, manifest, checksums, id, packing, the scan for credentials."""

"""What was worked out before? A folder of checked files, and values as JSON."""

"""What does a packager set and provide, so that a phase runs offline? A recipe from a report, and its renderings."""

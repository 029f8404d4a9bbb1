"""What does offlint know of APIs, commands and rules? Reads the pages of rules/ and of the user's own folders."""

"""What the IRS calls things: the types of letters, and the given names of people."""

"""Which document it is: which IRS letter, or none, and whether a file holds one notice only."""

"""Where a reading has its fields from, for people: as data and as an image of the page."""

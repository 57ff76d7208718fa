"""Values as they are printed: dates, amounts, identifiers, names. Nothing here looks at a page's layout."""

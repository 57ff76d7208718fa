"""What a page could say: labels and the values beside them, sentences, the summary table, address blocks."""

"""Synthetic IRS notices for measuring only, drawn by somebody who had not read the reader.

The sandbox's notices and the reader come from the same people, so the reader may know what only they would
print. This set was written from published facts about real notices, with another drawing library, before
anything was measured on it. Do not change it to fit a reading, and do not use it for development.

    people     who a notice is for: names, addresses, SSNs
    facts      what a notice says: dates, amounts, income lines, and the true values
    sheet      pages, drawn with fpdf2
    fronts_*   first pages, one function for each layout
    inner      the pages behind it; others, papers: other letters, and documents that are not from the IRS
    covers     what may come before it, and marks on it
    scans      pages as images
    build      which file has what
"""

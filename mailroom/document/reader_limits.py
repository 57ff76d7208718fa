"""The limits of the processes that open files from outside: time, memory, and when one is replaced.

Time is processor time, so that a busy machine rejects nothing that an idle one reads; a process that waits
for something is ended by the clock. The limits on a file's pages are in `mailroom.document.page_limits`.
"""

from __future__ import annotations

# Processor seconds that reading one file may take, OCR included. A file over the limit goes to a person.
READING_CPU_SECONDS = 28
# Processor seconds that one image of a page may take of them.
OCR_CPU_SECONDS = 30
# Seconds by the clock for each processor second: so busy may a machine be.
CLOCK_PER_CPU_SECOND = 10
# Processor seconds for the second engine, a program of its own: it takes half a second for a page, and a
# minute for one full of specks.
TESSERACT_CPU_SECONDS = 5

# Address space in MB of a process that opens files, and of one that reads images.
READING_MEMORY_MB = 600
OCR_MEMORY_MB = 1536

# Libraries leak, and onnxruntime keeps memory for every shape that it has seen: after so many files or images
# a process is replaced.
FILES_PER_CHILD = 2_000
IMAGES_PER_CHILD = 3_000

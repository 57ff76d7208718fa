"""The two models of PP-OCRv6 (Apache-2.0, PaddleOCR's authors) in the ``rapidocr`` wheel, run by onnxruntime.

Only the wheel's model files are used, so nothing is ever downloaded. RapidOCR's own pipeline reads the same
page in 6.1 s on one thread, because it pads every line of a batch to the longest and reads whole pages;
without it, a page takes a quarter of that, and each char keeps its own probability and place.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from mailroom.privacy.client_data import ClientData

# Its classes are imported with a star, which a strict checker does not see.
_runtime: Any = onnxruntime

Grey = NDArray[np.uint8]
Reals = NDArray[np.float32]

DETECTOR, RECOGNIZER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
# The detector's published parameters.
INK, LEAST_BOX, GROWTH = 0.3, 0.5, 1.6
SMALLEST = 3
# The recognizer takes lines of this height; widths are rounded up so that few different shapes occur, since
# onnxruntime keeps memory for each.
LINE_HEIGHT, WIDTH_STEP, WIDEST = 48, 32, 1536
PRINTABLE = {chr(code) for code in range(33, 127)} | {"–", "—", "’", "‘", "•", "·", "£", "©", "®"}
# Without these a name lost its "Ñ", and was read clearly.
PRINTABLE |= set("ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüý")


@dataclass(frozen=True, repr=False)
class Char(ClientData):
    """A char, its probability, and its middle as a share of the line's width."""

    text: str
    confidence: float
    at: float


def find_model(name: str) -> Path:
    """Return the path at which the wheel keeps a model.

    Raises:
        FileNotFoundError: the wheel is not installed, or has another model inside.
    """
    spec = find_spec("rapidocr")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise FileNotFoundError(name)


def _session(name: str) -> Any:
    options = _runtime.SessionOptions()
    # A process reads one page at a time; the other cores are for other processes.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # It keeps the memory of the largest page that was read: 484 MB in place of 311 after some pages, for 3 %
    # less processor time (docs/benchmarks.md).
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return _runtime.InferenceSession(str(find_model(name)), options, providers=["CPUExecutionProvider"])


class Detector:
    """Finds where on an image there are lines of text."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._session = _session(DETECTOR)
        self._input = self._session.get_inputs()[0].name

    def find_lines(self, image: Grey) -> list[Reals]:
        """Return every line's corners, clockwise from the top left, as x and y in pixels."""
        height, width = image.shape
        wide, high = (max(32, round(side / 32) * 32) for side in (width, height))
        small = cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA).astype(np.float32)
        given = np.repeat((small / 127.5 - 1)[None, None], 3, axis=1)
        heat = self._session.run(None, {self._input: given})[0][0, 0]
        scale = np.array([width / wide, height / high], dtype=np.float32)
        return [corners * scale for corners in _find_boxes(heat)]


def _find_boxes(heat: Reals) -> list[Reals]:
    ink = cv2.dilate((heat > INK).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for outline in outlines:
        (x, y), (width, height), angle = cv2.minAreaRect(outline)
        if min(width, height) < SMALLEST or _mean_heat(heat, outline) < LEAST_BOX:
            continue
        # The model marks the core of a line: grown by this much on every side it holds all of it.
        by = 2 * width * height * GROWTH / (2 * (width + height))
        found.append(_order_corners(cv2.boxPoints(((x, y), (width + by, height + by), angle))))
    return found


def _mean_heat(heat: Reals, outline: NDArray[Any]) -> float:
    x, y, width, height = cv2.boundingRect(outline)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [outline - np.array([x, y])], 1)
    return float(cv2.mean(heat[y : y + height, x : x + width], mask)[0])


def _order_corners(corners: NDArray[Any]) -> Reals:
    """Return the corners clockwise from the top left one, as the long side of the box lies."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left = by_x[:2][np.argsort(by_x[:2, 1])]
    right = by_x[2:][np.argsort(by_x[2:, 1])]
    return np.array([left[0], right[0], right[1], left[1]], dtype=np.float32)


class Recognizer:
    """Reads the image of one line."""

    def __init__(self) -> None:
        self._session = _session(RECOGNIZER)
        self._input = self._session.get_inputs()[0].name
        known = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        chars = ["", *known, " "]
        # A model for 18,000 chars takes a smudge for Chinese; on an English page only these can stand.
        self._kept = [0, *(at for at, char in enumerate(chars) if char in PRINTABLE), len(chars) - 1]
        self._chars = [chars[at] for at in self._kept]

    def read_line(self, line: Grey, stretch: float = 1.0) -> list[Char]:
        """Return the chars of the line's image from left to right, with spaces where the model sees them.

        ``stretch`` is how many times as wide the image is made before: a narrow face has chars that are
        narrower than what the model can tell apart, and "2005" became "200".
        """
        height, width = line.shape[0], line.shape[1] * stretch
        wide = min(WIDEST, max(16, round(width * LINE_HEIGHT / height)))
        padded = -(-wide // WIDTH_STEP) * WIDTH_STEP
        given = np.zeros((1, 3, LINE_HEIGHT, padded), np.float32)
        shrinks = cv2.INTER_AREA if height > LINE_HEIGHT else cv2.INTER_CUBIC
        given[0, :, :, :wide] = cv2.resize(line, (wide, LINE_HEIGHT), interpolation=shrinks) / 127.5 - 1
        steps = self._session.run(None, {self._input: given})[0][0][:, self._kept]
        return self._collapse(steps, padded / wide)

    def _collapse(self, steps: Reals, stretch: float) -> list[Char]:
        """Return one char for each run of steps that say the same; its probability is the best of them."""
        best = steps.argmax(axis=1)
        probability = steps[np.arange(len(best)), best]
        chars, at = [], 0
        while at < len(best):
            end = at + 1
            while end < len(best) and best[end] == best[at]:
                end += 1
            if best[at]:
                peak = at + int(probability[at:end].argmax())
                place = min(1.0, (peak + 0.5) / len(best) * stretch)
                chars.append(Char(self._chars[best[at]], float(probability[at:end].max()), place))
            at = end
        return chars

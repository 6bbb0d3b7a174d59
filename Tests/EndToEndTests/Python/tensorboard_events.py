"""What TensorBoard finds in the folders below one, as JSON: by run, curves, distributions and texts by tag.

    python tensorboard_events.py LOGDIR
"""
import json
import sys

from tensorboard.backend.event_processing import event_file_loader
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.backend.event_processing.tag_types import HISTOGRAMS, SCALARS, TENSORS
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.backend.event_processing import io_wrapper
from tensorboard.util import tensor_util


def accumulated(path):
    """As a Python program reads a folder."""
    events = event_accumulator.EventAccumulator(path, size_guidance={SCALARS: 0, HISTOGRAMS: 0, TENSORS: 0})
    events.Reload()
    tags = events.Tags()
    return {
        "scalars": {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags[SCALARS]},
        "histograms": {
            tag: [
                {"step": e.step, "min": e.histogram_value.min, "max": e.histogram_value.max, "num": e.histogram_value.num,
                 "sum": e.histogram_value.sum, "limits": list(e.histogram_value.bucket_limit),
                 "counts": list(e.histogram_value.bucket)}
                for e in events.Histograms(tag)
            ]
            for tag in tags[HISTOGRAMS]
        },
        "texts": {
            tag: [[e.step, tensor_util.make_ndarray(e.tensor_proto)[0].decode()] for e in events.Tensors(tag)]
            for tag in tags[TENSORS]
            if events.SummaryMetadata(tag).plugin_data.plugin_name == "text"
        },
    }


def raw(path):
    """All steps of a curve, file by file, as whoever reads records finds them: nothing is forgotten or thinned out."""
    steps = []
    for file in sorted(io_wrapper.ListDirectoryAbsolute(path)):
        if "tfevents" not in file:
            continue
        for event in event_file_loader.EventFileLoader(file).Load():
            # The loader turns old forms of values into the one of today, as the server does.
            steps += [event.step for value in event.summary.value if value.tag == "train/loss"]
            kinds = {value.metadata.plugin_data.plugin_name for value in event.summary.value}
            assert kinds <= {"scalars", "histograms", "text"}, kinds
    return steps


runs = EventMultiplexer().AddRunsFromDirectory(sys.argv[1])
runs.Reload()
result = {}
for run in runs.Runs():
    path = sys.argv[1] + "/" + run
    result[run] = {**accumulated(path), "raw_steps": raw(path)}
print(json.dumps(result))

"""Which kernels stand under cutile/kernels, each as an expression with arguments."""

import pathlib
import re

entry = re.compile(r"template <([^{;]*?)>\s*\[\[cutile::entry[^]]*\]\]\s*void\s+(\w+)\(")
# Extents of tiles and axes; the other parameters have defaults.
extents = {"D": 64, "M": 64, "N": 64, "K": 64}


def arguments(parameters):
    """The values of the leading parameters that have no default."""
    for parameter in re.split(r",\s*(?![^<]*>)", parameters):
        if "=" in parameter:
            return
        kind, name = parameter.split()
        assert kind == "int", parameter
        yield str(extents.get(name, 16))


def kernels(include):
    for header in sorted(pathlib.Path(include, "cutile/kernels").glob("*.h")):
        for parameters, name in entry.findall(header.read_text()):
            yield f"cutile::kernels::{name}<{', '.join(arguments(parameters))}>"

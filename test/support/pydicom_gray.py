"""For each path on standard input one line of JSON: the gray values 0..255 that pydicom comes to, by the rules of docs/dicom.md."""
import json, sys, warnings
import numpy as np, pydicom
from pydicom.pixel_data_handlers.util import apply_modality_lut, apply_voi_lut

warnings.filterwarnings("ignore")


def values(ds):
    """As stored: pydicom leaves in the word what lies beside the bits stored."""
    raw = ds.pixel_array.astype(np.int64)
    bits = ds.BitsStored
    raw = (raw >> (ds.HighBit + 1 - bits)) & (2**bits - 1)
    return np.where(raw >= 2 ** (bits - 1), raw - 2**bits, raw) if ds.PixelRepresentation else raw


def gray_range(x, least):
    x = np.sort(x.ravel())
    drop = len(x) // 100
    low, high = x[drop], x[len(x) - 1 - drop]
    gap, reach = (high - low) / 16, (high - low) / 2
    black, white = low, high
    for value in np.unique(x[x < low])[::-1]:
        if black - value > gap or low - value > reach: break
        black = value
    for value in np.unique(x[x > high]):
        if value - white > gap or value - high > reach: break
        white = value
    return black, max(white, black + least)


def shown(x, ds, scale):
    """As the file says, 0..1; None where it says nothing that pydicom would do."""
    bits, signed = ds.BitsStored, ds.PixelRepresentation
    if ds.get("VOILUTSequence"):
        entries, first, depth = ds.VOILUTSequence[0].LUTDescriptor
        # Beyond the last entry pydicom counts in words of the entries' depth, and begins again
        # after 256 of 8 bits.
        return apply_voi_lut(np.minimum(np.floor(x).astype(np.int64), first + (entries or 65536) - 1), ds) / (2.0**depth - 1)
    if ds.get("WindowCenter") is None or ds.get("WindowWidth") is None: return None
    ends = np.array([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] if signed else [0, 2**bits - 1])
    if ds.get("ModalityLUTSequence"): ends = np.array([0, 2 ** ds.ModalityLUTSequence[0].LUTDescriptor[2] - 1])
    elif scale is not None: ends = ends * float(scale[0]) + float(scale[1])
    try: out = apply_voi_lut(x, ds)
    except ValueError: return None
    # Where the slope falls, pydicom's range does as well.
    return (out - ends[0]) / (ends[1] - ends[0])


def contrast(part):
    part = np.sort(np.clip(part, 0, 1).ravel())
    drop = len(part) // 100
    return 255 * (part[len(part) - 1 - drop] - part[drop])


def lifted(ds):
    """With what functional groups say of the one frame at the top, where pydicom's functions look for it."""
    macros = {"FrameVOILUTSequence": ["WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"],
              "PixelValueTransformationSequence": ["RescaleIntercept", "RescaleSlope"]}
    for macro, names in macros.items():
        groups = [ds[tag][0] for tag in (0x52009230, 0x52009229) if tag in ds and len(ds[tag].value)]
        items = [group[macro][0] for group in groups if group.get(macro)]
        if not items: continue
        for name in names:
            if name in ds: del ds[name]
            if name in items[0]: ds[name] = items[0][name]
    return ds


def gray(path):
    ds = lifted(pydicom.dcmread(path, force=True))
    if not getattr(ds.file_meta, "TransferSyntaxUID", None):
        ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2" + ("" if ds.is_implicit_VR else ".1" if ds.is_little_endian else ".2")
    stored = values(ds)
    scale = (ds.RescaleSlope, ds.RescaleIntercept) if "RescaleSlope" in ds and "RescaleIntercept" in ds else None
    x = apply_modality_lut(stored, ds)
    if np.all(x == np.floor(x)): x = x.astype(np.int64)
    pad = np.zeros(stored.shape, bool)
    if "PixelPaddingValue" in ds:
        ends = sorted([ds.PixelPaddingValue, ds.get("PixelPaddingRangeLimit", ds.PixelPaddingValue)])
        pad = (stored >= ends[0]) & (stored <= ends[1])
        if pad.all(): pad[:] = False
    own = x[~pad]
    if ds.get("ModalityLUTSequence"): bits, ends, step = ds.ModalityLUTSequence[0].LUTDescriptor[2], None, 1
    else:
        bits, step = ds.BitsStored, abs(float(scale[0])) if scale else 1
        ends = np.array([-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] if ds.PixelRepresentation else [0, 2**bits - 1], float)
        if scale: ends = np.sort(ends * float(scale[0]) + float(scale[1]))
    low, high = (ends if ends is not None else (0, 255)) if bits <= 8 else gray_range(own, 255 * step)
    full = (x - low) / (high - low)
    said = shown(x, ds, scale)
    part = full if said is None or (contrast(said[~pad]) < 8 <= contrast(full[~pad])) else said
    part = np.clip(part, 0, 1)
    if ds.PhotometricInterpretation == "MONOCHROME1": part = 1 - part
    return np.where(pad, 0, part * 255)


for line in sys.stdin:
    try: answer = [round(float(v), 3) for v in gray(line.strip()).ravel()]
    except Exception as error: answer = f"{type(error).__name__}: {error}"
    print(json.dumps(answer), flush=True)

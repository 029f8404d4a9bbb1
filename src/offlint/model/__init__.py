"""The words of offlint as data: spans, steps, entry points, accesses, findings, reports.

Frozen, slotted dataclasses and enums. Nothing here imports any other part of offlint.
"""

"""Child processes with limits on memory and time, and pools of them.

Nothing here knows what they are asked.
"""

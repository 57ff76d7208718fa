"""Child processes with limits on memory and time, and pools of them; nothing here knows what they are asked."""

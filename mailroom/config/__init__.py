"""Settings, their sources, and which systems they lead to; opens no file but ``.env``, and no connection."""

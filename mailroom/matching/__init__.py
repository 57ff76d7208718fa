"""Whose notice is it?"""

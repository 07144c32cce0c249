"""Layers that operators on symbolic tensors stand for, where no public layer does: see _operators.

Keras' files call them by these names.
"""

"""Questions about a scene, answered from its graph: "What is to the left of the man?", "How far is the car?"."""

from sd3studio.core.asking.answering import ask
from sd3studio.core.asking.answers import Answer

__all__ = ["Answer", "ask"]

"""Models: what is installed, what each backend needs and whether this machine can run it, downloads on request."""

from sd3studio.services.models.inventory import InstalledModel, add_folder, installed_models, remove_folder
from sd3studio.services.models.machine import Machine, this_machine
from sd3studio.services.models.needs import NEEDS, Fitness, Needs, fitness
from sd3studio.services.models.verifying import FileVerdict, remember_hashes, verify

__all__ = [
    "NEEDS",
    "FileVerdict",
    "Fitness",
    "InstalledModel",
    "Machine",
    "Needs",
    "add_folder",
    "fitness",
    "installed_models",
    "remember_hashes",
    "remove_folder",
    "this_machine",
    "verify",
]

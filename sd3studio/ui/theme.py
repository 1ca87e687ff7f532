"""One look in two palettes. Colours are named for their use; every widget takes them from here."""

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from sd3studio.core.locations import RESOURCES


@dataclass(frozen=True, slots=True)
class Theme:
    """sRGB colours as ``#rrggbb``. Text on its ground has a contrast of at least 4.5:1."""

    name: str
    window: str
    panel: str
    field: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    accent_text: str
    good: str
    warning: str
    danger: str
    parsed: str
    """What was read by a parser, beside what a person said (accent)."""
    axis_x: str = "#e5484d"
    axis_y: str = "#30a46c"
    axis_z: str = "#3e7bfa"
    selection: str = "#ff9f1c"


DARK = Theme(
    name="dark",
    window="#1b1d23",
    panel="#22252d",
    field="#191b21",
    raised="#2d313b",
    border="#383d49",
    text="#e8eaf0",
    muted="#a4abba",
    accent="#5b8cff",
    accent_text="#0d1117",
    good="#4cc38a",
    warning="#f5b83d",
    danger="#ff7a7a",
    parsed="#c792ea",
)

LIGHT = Theme(
    name="light",
    window="#f2f3f6",
    panel="#ffffff",
    field="#f7f8fa",
    raised="#e8eaf0",
    border="#d3d7e0",
    text="#1c2028",
    muted="#555d6e",
    accent="#2f5fe0",
    accent_text="#ffffff",
    good="#12724a",
    warning="#8a5a00",
    danger="#c0262d",
    parsed="#7a3fb8",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}

_current: Theme = DARK
_scale: float = 1.0


def current() -> Theme:
    """The theme that is on. Painted widgets ask while painting, so a change needs only a repaint."""
    return _current


def apply_theme(app: QApplication, theme: Theme, scale: float | None = None) -> None:
    """Give the whole application this look; `scale` is the size of text, 1 is usual (None: as before)."""
    global _current, _scale
    _current, _scale = theme, scale or _scale
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(_style_sheet(theme, _scale))


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.window,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.field,
        QPalette.ColorRole.AlternateBase: theme.panel,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Highlight: theme.accent,
        QPalette.ColorRole.HighlightedText: theme.accent_text,
        QPalette.ColorRole.Link: theme.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    return palette


def _style_sheet(t: Theme, scale: float) -> str:
    icons = (RESOURCES / "icons").as_posix()
    return f"""
* {{ font-size: {round(13 * scale)}px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QMainWindow, QDialog {{ background: {t.window}; }}
QMainWindow::separator {{ background: {t.window}; width: 5px; height: 5px; }}
QMainWindow::separator:hover {{ background: {t.accent}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.border}; padding: 4px 6px; }}
QDockWidget {{ color: {t.muted}; font-weight: 600; }}
QDockWidget::title {{ background: {t.window}; padding: 6px 8px; }}
QDockWidget > QWidget {{ background: {t.panel}; }}
QMenuBar, QMenu, QStatusBar, QToolBar {{ background: {t.window}; color: {t.text}; }}
QMenuBar::item {{ padding: 5px 9px; border-radius: 4px; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {t.accent}; color: {t.accent_text}; }}
QMenu {{ border: 1px solid {t.border}; padding: 4px; }}
QMenu::item {{ padding: 5px 22px 5px 10px; border-radius: 4px; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QMenu::separator {{ height: 1px; background: {t.border}; margin: 4px 6px; }}
QToolBar {{ border: none; padding: 4px 6px; spacing: 3px; }}
QToolBar::separator {{ background: {t.border}; width: 1px; margin: 5px 5px; }}
QStatusBar {{ border-top: 1px solid {t.border}; color: {t.muted}; }}
QStatusBar::item {{ border: none; }}
QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 5px; color: {t.text}; }}
QToolButton:hover {{ background: {t.raised}; }}
QToolButton:checked {{ background: {t.accent}; color: {t.accent_text}; }}
QToolButton:checked:disabled {{ background: {t.raised}; color: {t.muted}; }}
QToolButton:focus, QPushButton:focus {{ border: 1px solid {t.accent}; }}
QPushButton {{ background: {t.raised}; border: 1px solid {t.border}; border-radius: 5px; padding: 5px 12px; }}
QPushButton:hover {{ border-color: {t.accent}; }}
QPushButton:disabled {{ color: {t.muted}; background: transparent; }}
QPushButton[primary="true"] {{ background: {t.accent}; color: {t.accent_text}; border: none; font-weight: 600; }}
QPushButton[primary="true"]:disabled {{ background: {t.raised}; color: {t.muted}; }}
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {{
  background: {t.field}; border: 1px solid {t.border}; border-radius: 5px; padding: 4px 6px;
  selection-background-color: {t.accent}; selection-color: {t.accent_text}; }}
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
  border-color: {t.accent}; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0; background: transparent; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow, QSpinBox::down-arrow {{ image: url({icons}/chevron-down.svg); width: 11px; height: 11px; }}
QSpinBox::up-arrow {{ image: url({icons}/chevron-up.svg); width: 11px; height: 11px; }}
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{ border: none; width: 0; }}
QSpinBox::up-button, QSpinBox::down-button {{ border: none; background: transparent; width: 16px; }}
QComboBox QAbstractItemView {{ background: {t.panel}; border: 1px solid {t.border}; }}
QTreeView, QListView, QTableView {{
  background: {t.panel}; border: none; outline: none; alternate-background-color: {t.field}; }}
QTreeView::item, QListView::item {{ padding: 3px 2px; }}
QTreeView::item:selected, QListView::item:selected {{ background: {t.accent}; color: {t.accent_text}; }}
QTreeView::item:hover:!selected, QListView::item:hover:!selected {{ background: {t.raised}; }}
QHeaderView::section {{ background: {t.panel}; color: {t.muted}; border: none; padding: 4px; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{ background: {t.window}; color: {t.muted}; padding: 6px 8px; border: none; }}
QTabBar::tab:selected {{ color: {t.text}; background: {t.panel}; border-bottom: 2px solid {t.accent}; }}
QTabWidget::pane {{ border: none; background: {t.panel}; }}
QScrollArea {{ border: none; background: {t.panel}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; }}
QScrollBar::handle {{ background: {t.border}; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
  background: none; width: 0; height: 0; }}
QProgressBar {{ background: {t.field}; border: 1px solid {t.border}; border-radius: 5px; text-align: center;
  color: {t.text}; min-height: 16px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 4px; }}
QCheckBox::indicator, QTreeView::indicator, QListView::indicator {{
  width: 15px; height: 15px; border: 1px solid {t.muted};
  border-radius: 3px; background: {t.field}; }}
QCheckBox::indicator:checked, QTreeView::indicator:checked, QListView::indicator:checked {{
  background: {t.accent}; border-color: {t.accent};
  image: url({icons}/check-{t.name}.svg); }}
QToolButton[primary="true"] {{ background: {t.accent}; color: {t.accent_text}; font-weight: 600;
  padding: 5px 12px; }}
QToolButton[primary="true"]:disabled {{ background: {t.raised}; color: {t.muted}; }}
QLabel[role="muted"] {{ color: {t.muted}; }}
QLabel[role="heading"] {{ color: {t.muted}; font-weight: 600; }}
QLabel[role="warning"] {{ color: {t.warning}; }}
QLabel[role="danger"] {{ color: {t.danger}; }}
QFrame[role="card"] {{ background: {t.panel}; border: 1px solid {t.border}; border-radius: 10px; }}
"""

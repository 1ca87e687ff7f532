"""The history strip: pictures that were made, grouped by the version of their scene, newest first.

They are files on disk; closing loses nothing. A star keeps one in sight for good.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.checking import CheckReport
from sd3studio.services.pictures import KeptPicture, PictureGroup
from sd3studio.ui import theme
from sd3studio.ui.icons import icon, set_icon
from sd3studio.ui.panels.fields import or_text
from sd3studio.ui.panels.picture_marks import Marks, paint_marks
from sd3studio.ui.pixels import thumbnail_of

THUMBNAIL_PX = QSize(148, 99)
HEAD_PX = 90
PATH_ROLE, BADGE_ROLE, STAR_ROLE, HEAD_ROLE, TIP_ROLE, MARKS_ROLE = (Qt.ItemDataRole.UserRole + n for n in range(6))
EMPTY = "Pictures that you generate appear here. They are kept on disk with the request that made them."
RENDER_TIP = "A render of the layout, not made by a network"


class ResultStrip(QWidget):
    """Shows groups of pictures; what to do with them leaves as a signal with their paths."""

    view_requested = Signal(Path)
    check_requested = Signal(Path)
    save_requested = Signal(Path)
    recall_requested = Signal(Path, str)
    """Picture, and what of it: ``"all"``, ``"seed"``, ``"prompt"``, ``"remix"``."""
    star_requested = Signal(list, bool)
    delete_requested = Signal(list)
    compare_requested = Signal(list)
    starred_only_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._preview: QListWidgetItem | None = None
        self._items: dict[str, QListWidgetItem] = {}
        self._heads: dict[str, QListWidgetItem] = {}
        self._scores: dict[str, float] = {}
        self._marks: dict[str, Marks] = {}
        self.list = QListWidget(viewMode=QListView.ViewMode.IconMode, wrapping=False)
        self.list.setFlow(QListView.Flow.LeftToRight)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setAccessibleName("Pictures")
        self.list.setItemDelegate(PictureDelegate(self.list))
        self.list.customContextMenuRequested.connect(self._on_menu)
        self.list.itemActivated.connect(self._on_activated)
        self._stack = or_text(self.list, EMPTY)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 4, 4, 4)
        layout.setSpacing(2)
        layout.addLayout(self._make_buttons())
        self.show_pictures((), frozenset(), {})
        layout.addLayout(self._stack, 1)

    def _make_buttons(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        self.starred_only = self._button(column, "star", "Only those with a star")
        self.starred_only.setCheckable(True)
        self.starred_only.toggled.connect(self.starred_only_changed)
        self.differences = self._button(column, "layers", "What differs from the layout, on pictures that were checked")
        self.differences.setCheckable(True)
        self.differences.setChecked(True)
        self.differences.toggled.connect(self._on_differences)
        self.compare = self._button(column, "side-by-side", "Compare the selected pictures (Alt+Right)")
        self.compare.clicked.connect(self._on_compare)
        self.trash = self._button(column, "trash", "Delete the selected pictures")
        self.trash.clicked.connect(self._on_delete)
        column.addStretch(1)
        return column

    def _button(self, column: QVBoxLayout, name: str, tip: str) -> QToolButton:
        button = QToolButton(toolTip=tip)
        button.setAccessibleName(tip)
        set_icon(button, name)
        column.addWidget(button)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Several rows where there is room for them."""
        super().resizeEvent(event)
        rows = self.height() // (THUMBNAIL_PX.height() + 34)
        self.list.setWrapping(rows > 1)

    def show_pictures(self, groups: Sequence[PictureGroup], starred: frozenset[str], heads: Mapping[str, str]) -> None:
        """Show these groups; `heads` says of a scene's key what changed since the version before. Keeps the selection.

        Parameters
        ----------
        starred : file names
        """
        chosen, current = {str(path) for path in self.selected()}, self.marked_exactly()
        place = self.list.horizontalScrollBar().value()
        preview = self._preview.data(Qt.ItemDataRole.DecorationRole) if self._preview is not None else None
        self.list.clear()
        self._items, self._heads, self._preview = {}, {}, None
        for group in groups:
            self._add_head(group, heads.get(group.scene_key, ""))
            for picture in group.pictures:
                self._add_picture(picture, picture.path.name in starred)
        for path in chosen & self._items.keys():
            self._items[path].setSelected(True)
        if current is not None and str(current) in self._items:
            self.list.setCurrentItem(self._items[str(current)], self.list.selectionModel().SelectionFlag.NoUpdate)
        if preview is not None:
            self._put_preview(preview)
        self.list.horizontalScrollBar().setValue(place)
        self._stack.setCurrentIndex(1 if self.list.count() else 0)
        for button in (self.compare, self.trash, self.differences):
            button.setEnabled(bool(self._items))

    def show_head(self, scene_key: str, said: str) -> None:
        """Say what changed in a version of the scene."""
        head = self._heads.get(scene_key)
        if head is not None:
            when, title, _, count = head.data(HEAD_ROLE)
            head.setData(HEAD_ROLE, (when, title, said, count))
            head.setToolTip(said)

    def _add_head(self, group: PictureGroup, said: str) -> None:
        head = QListWidgetItem()
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        day = "%H:%M" if time.time() - group.made_s < 20 * 3600 else "%d %b %H:%M"
        when = time.strftime(day, time.localtime(group.made_s))
        count = f"{len(group.pictures)} picture{'' if len(group.pictures) == 1 else 's'}"
        head.setData(HEAD_ROLE, (when, group.title or ("" if group.scene_key else "not ours"), said, count))
        head.setData(Qt.ItemDataRole.AccessibleTextRole, f"{when} {group.title} {said} {count}")
        head.setToolTip(said)
        self._heads[group.scene_key] = head
        self.list.addItem(head)

    def _add_picture(self, picture: KeptPicture, star: bool) -> None:
        path = str(picture.path)
        badge = "render" if picture.backend == "render" else f"seed {picture.seed}" if picture.scene_key else ""
        item = QListWidgetItem(badge)
        item.setData(PATH_ROLE, path)
        item.setData(BADGE_ROLE, badge)
        item.setData(STAR_ROLE, star)
        told = RENDER_TIP if picture.backend == "render" else f"Made by {picture.backend}" if picture.backend else ""
        settings = f"{picture.steps} steps, guidance {picture.guidance:g}" if picture.backend != "render" else ""
        item.setToolTip("\n".join(line for line in (picture.path.name, told, settings, picture.prompt[:300]) if line))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{badge} {told}{', starred' if star else ''}")
        item.setData(TIP_ROLE, item.toolTip())
        self._items[path] = item
        self._say_check(path)
        self.list.addItem(item)

    def mark(self, path: Path) -> None:
        """Select one picture and bring it into sight."""
        item = self._items.get(str(path))
        if item is not None:
            self.list.setCurrentItem(item)
            self.list.scrollToItem(item)

    def show_check(self, path: Path, report: CheckReport) -> None:
        """Show on a picture, and say, how well it shows its scene and what differs from the layout."""
        self._marks[str(path)] = Marks.of(report)
        self._scores[str(path)] = report.score
        self._say_check(str(path))

    def is_marked(self, path: Path) -> bool:
        """Whether the verdicts on a picture are shown."""
        return str(path) in self._scores

    def _say_check(self, path: str) -> None:
        item, marks = self._items.get(path), self._marks.get(path)
        if item is None or path not in self._scores:
            return
        item.setText(f"{item.data(BADGE_ROLE)}  {self._scores[path]:.0%}")
        if marks is not None:
            item.setData(MARKS_ROLE, marks if self.differences.isChecked() else None)
            item.setToolTip(f"{item.data(TIP_ROLE)}\n\n{marks.sentence}")

    def _on_differences(self) -> None:
        for path in self._items:
            self._say_check(path)

    def paths(self) -> list[Path]:
        """The pictures in the order of the strip."""
        return [Path(path) for path in self._items]

    def selected(self) -> list[Path]:
        """The selected pictures, in the order of the strip."""
        return [Path(path) for path, item in self._items.items() if item.isSelected()]

    def marked_exactly(self) -> Path | None:
        """The picture with the cursor, or None."""
        item = self.list.currentItem()
        return Path(item.data(PATH_ROLE)) if item is not None and item.data(PATH_ROLE) else None

    def marked(self) -> Path | None:
        """The picture that is marked, else the newest, else None."""
        return self.marked_exactly() or next(iter(self.paths()), None)

    def has_pictures(self) -> bool:
        """Whether there is any finished picture."""
        return bool(self._items)

    def show_preview(self, encoded: bytes) -> None:
        """Show a picture that is still being made, in front."""
        picture = QPixmap()
        if picture.loadFromData(encoded):
            self._put_preview(picture)

    def _put_preview(self, picture: QPixmap) -> None:
        if self._preview is None:
            self._preview = QListWidgetItem("in the making")
            self._preview.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.list.insertItem(0, self._preview)
            self._stack.setCurrentIndex(1)
        self._preview.setData(Qt.ItemDataRole.DecorationRole, picture)

    def end_preview(self) -> None:
        """Take the picture in the making away."""
        if self._preview is not None:
            self.list.takeItem(self.list.row(self._preview))
            self._preview = None
        self._stack.setCurrentIndex(1 if self.list.count() else 0)

    def is_starred(self, path: Path) -> bool:
        """Whether a picture has a star."""
        item = self._items.get(str(path))
        return item is not None and bool(item.data(STAR_ROLE))

    def _on_activated(self, item: QListWidgetItem) -> None:
        if item.data(PATH_ROLE):
            self.view_requested.emit(Path(item.data(PATH_ROLE)))

    def _on_compare(self) -> None:
        self.compare_requested.emit(self.selected())

    def _on_delete(self) -> None:
        if self.selected():
            self.delete_requested.emit(self.selected())

    def _on_menu(self, place: QPoint) -> None:
        item = self.list.itemAt(place)
        if item is not None and item.data(PATH_ROLE):
            self.menu_for(Path(item.data(PATH_ROLE))).exec(self.list.mapToGlobal(place))

    def menu_for(self, path: Path) -> QMenu:
        """What can be done with a picture, or with all that are selected."""
        chosen, menu = self.selected() or [path], QMenu(self)
        star = not self.is_starred(path)
        menu.addAction("View", lambda: self.view_requested.emit(path))
        if len(chosen) > 1:
            menu.addAction("Compare", lambda: self.compare_requested.emit(chosen))
        menu.addAction("Star" if star else "Take the star away", lambda: self.star_requested.emit(chosen, star))
        menu.addAction("Check against its scene", lambda: self.check_requested.emit(path))
        menu.addSeparator()
        add_recall_actions(menu, path, self.recall_requested.emit)
        menu.addSeparator()
        menu.addAction("Save a copy…", lambda: self.save_requested.emit(path))
        menu.addAction("Delete" if len(chosen) == 1 else f"Delete {len(chosen)}",
                       lambda: self.delete_requested.emit(chosen))  # fmt: skip
        return menu


RECALLS = {
    "all": "Open its scene and settings",
    "seed": "Use its seed",
    "prompt": "Use its prompt",
    "remix": "Open it with another seed",
}
"""What of a picture can be brought back."""


def add_recall_actions(menu: QMenu, path: Path, recall) -> None:
    """Entries that call ``recall(path, what)``."""
    for what, title in RECALLS.items():
        menu.addAction(title, lambda what=what: recall(path, what))


class PictureDelegate(QStyledItemDelegate):
    """Draws a picture with its line of text and star, or the heading of a group. Thumbnails are read when needed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails: dict[str, QPixmap] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        width = HEAD_PX if index.data(HEAD_ROLE) else THUMBNAIL_PX.width() + 10
        return QSize(width, THUMBNAIL_PX.height() + 10 + option.fontMetrics.height())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        if index.data(HEAD_ROLE):
            _draw_head(painter, QRect(option.rect), index.data(HEAD_ROLE))
        else:
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            self._draw_picture(painter, QRect(option.rect), index, chosen)
        painter.restore()

    def _draw_picture(
        self, painter: QPainter, place: QRect, index: QModelIndex | QPersistentModelIndex, chosen: bool
    ) -> None:
        now = theme.current()
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent))
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 6, 6)
        room = QRect(place.left() + 5, place.top() + 5, place.width() - 10, THUMBNAIL_PX.height())
        picture = self._thumbnail(index)
        size = picture.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
        at = QRect(QPoint(0, 0), size)
        at.moveCenter(room.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(at, picture)
        if index.data(MARKS_ROLE) is not None:
            paint_marks(painter, at, index.data(MARKS_ROLE))
        painter.setPen(QColor(now.accent_text if chosen else now.text))
        below = QRect(room.left(), room.bottom() + 2, room.width(), place.bottom() - room.bottom() - 3)
        said = fitted(index.data(Qt.ItemDataRole.DisplayRole) or "", painter.fontMetrics(), below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, said)
        if index.data(STAR_ROLE):
            corner = QRect(at.right() - 24, at.top() + 4, 20, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 150))
            painter.drawRoundedRect(corner.adjusted(-2, -2, 2, 2), 5, 5)
            icon("star-filled", theme.DARK.warning).paint(painter, corner)

    def _thumbnail(self, index: QModelIndex | QPersistentModelIndex) -> QPixmap:
        given = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(given, QPixmap):
            return given
        path = index.data(PATH_ROLE)
        if path not in self._thumbnails:
            picture = thumbnail_of(Path(path), THUMBNAIL_PX * 1.5)
            self._thumbnails[path] = picture if not picture.isNull() else icon("photo").pixmap(48, 48)
        return self._thumbnails[path]


def fitted(text: str, metrics: QFontMetrics, width_px: int) -> str:
    """What is told of a picture, in its width: the score is needed more than the word "seed" or its first digits."""
    if metrics.horizontalAdvance(text) > width_px:
        text = text.removeprefix("seed ")
    return metrics.elidedText(text, Qt.TextElideMode.ElideLeft, width_px)


def _draw_head(painter: QPainter, place: QRect, lines: tuple[str, str, str, str]) -> None:
    now = theme.current()
    when, title, said, count = lines
    card = place.adjusted(4, 5, -4, -5)
    painter.fillRect(QRect(card.left(), card.top(), 3, card.height()), QColor(now.accent))
    text = card.adjusted(10, 0, 0, 0)
    wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(now.text))
    painter.drawText(text, wrap, when)
    font.setBold(False)
    painter.setFont(font)
    line = painter.fontMetrics().height()
    room = text.adjusted(0, line + 3, 0, -line - 2)
    painter.setPen(QColor(now.muted))
    painter.setClipRect(room)
    painter.drawText(room, wrap, said or title)
    painter.setClipping(False)
    painter.drawText(text, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, count)

"""The main window: builds views, panels and controllers once and connects them."""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QProgressBar,
    QToolBar,
    QToolButton,
    QWidget,
)

from sd3studio.app import App
from sd3studio.core.catalogue import Catalogue, shipped_catalogue
from sd3studio.core.errors import StudioError
from sd3studio.core.language.stepping import step_asked
from sd3studio.services.own_catalogue import whole_catalogue
from sd3studio.ui import theme
from sd3studio.ui.actions import Commands
from sd3studio.ui.annotate_commands import AnnotateCommands
from sd3studio.ui.canvas.draft_view import DraftView
from sd3studio.ui.canvas.gl_format import set_default_format
from sd3studio.ui.canvas.tools.base import SnapSteps
from sd3studio.ui.canvas.view import SceneView
from sd3studio.ui.command_table import LINE_COMMANDS, command_table
from sd3studio.ui.controllers.arranging import ArrangingController
from sd3studio.ui.controllers.bundles import BundleController
from sd3studio.ui.controllers.checking import CheckController
from sd3studio.ui.controllers.drafts import DraftController
from sd3studio.ui.controllers.editing import EditingController
from sd3studio.ui.controllers.files import FileController
from sd3studio.ui.controllers.graphing import GraphController
from sd3studio.ui.controllers.live import LiveController
from sd3studio.ui.controllers.pictures import PictureController
from sd3studio.ui.controllers.queueing import QueueController
from sd3studio.ui.controllers.relating import RelatingController
from sd3studio.ui.controllers.reporting import ReportController
from sd3studio.ui.controllers.steering import SteeringController
from sd3studio.ui.controllers.viewing import ViewingController
from sd3studio.ui.controllers.work import WorkController
from sd3studio.ui.focus_order import tab_in_reading_order
from sd3studio.ui.icons import app_icon, refresh_icons
from sd3studio.ui.interop_wishes import InteropWishes
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.notice import NoticeArea
from sd3studio.ui.panels.camera import CameraPanel
from sd3studio.ui.panels.captions import CaptionsPanel
from sd3studio.ui.panels.catalogue import CataloguePanel
from sd3studio.ui.panels.check import CheckPanel
from sd3studio.ui.panels.compare import ComparePanel
from sd3studio.ui.panels.generate import GeneratePanel
from sd3studio.ui.panels.graph import GraphPanel
from sd3studio.ui.panels.history import HistoryPanel
from sd3studio.ui.panels.inspector import Inspector
from sd3studio.ui.panels.maps import MapsPanel
from sd3studio.ui.panels.outliner import Outliner
from sd3studio.ui.panels.queue import QueuePanel
from sd3studio.ui.panels.relations import RelationsPanel
from sd3studio.ui.panels.review import ReviewPanel
from sd3studio.ui.picture_wishes import PictureWishes
from sd3studio.ui.scene_pictures import ScenePictures
from sd3studio.ui.session import Session
from sd3studio.ui.steering_wishes import SteeringWishes
from sd3studio.ui.tab_bars import TabBars
from sd3studio.ui.welcome import Welcome
from sd3studio.ui.window_commands import WindowCommands
from sd3studio.ui.workspaces import WORKSPACES
from sd3studio.ui.workspaces.switching import LAYOUT_VERSION, WorkspaceSwitch, WorkspaceSwitcher

LEFT, RIGHT, BOTTOM = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)


TOOL_ICON_PX = 20
"""Small enough that the sentence has room beside the tools in a window of usual width."""


class MainWindow(AnnotateCommands, WindowCommands, PictureWishes, InteropWishes, SteeringWishes, QMainWindow):
    """The window: one scene, its views and panels, and the workspaces that show them."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self.app = app
        self.setWindowIcon(app_icon())
        self.catalogue = _catalogue_or_empty(app.home)
        self.session = Session()
        self.bridge = JobBridge(app.jobs, self)
        self.editing = EditingController(self.session, self.catalogue, self.bridge)
        self.files = FileController(self.session, app.drafts)
        self.work = WorkController(self.session, self.bridge, app.results)
        self._make_views()
        self.checking = CheckController(self.check_panel, self.bridge, app.results)
        self.queueing = QueueController(self.queue_panel, self.bridge, self.scene_pictures)
        self.reporting = ReportController(self.checking, self.bridge)
        self.pictures = PictureController(self, self.results, app.results, self.scene_pictures, self.checking)
        self.relating = RelatingController(self.session, self.editing, self.bridge, self.view, self.relations)
        self.graphing = GraphController(self.graph, self.editing, self.relating, self.work, self.catalogue)
        self.bundles = BundleController(self.session, self.files, self.bridge, app.results)
        self.steering = SteeringController(self)
        self.drafts, self.draft_view = (
            DraftController(self.session, self.bridge, self.draft_request),
            DraftView(self.view),
        )
        self.live = LiveController(self)
        self.viewing, self.arranging = ViewingController(self), ArrangingController(self)
        self._make_docks()
        self.commands = Commands(
            self, self.view, command_table(self), app.settings.keys, lambda: self.workspaces.current
        )
        self.commands.serve("queue", self.queue_panel.list)
        self.commands.serve("pictures", self.results.list)
        self._make_menus()
        self._make_toolbar()
        self._make_status()
        self._connect()
        self._restore_layout()
        self._autosave = QTimer(self, interval=round(app.settings.saving.autosave_s * 1000))
        self._autosave.timeout.connect(self._on_autosave)
        self._autosave.start()
        self.live.refresh_all()

    # -- building ------------------------------------------------------------------------------------------------

    def _make_views(self) -> None:
        from sd3studio.ui.panels.results import ResultStrip

        self.view = SceneView(self.session, SnapSteps.of(self.app.settings.snapping))
        self.view.magnetism = self.app.settings.snapping.magnetism
        self.welcome, self.notices = Welcome(self.view), NoticeArea(self.view)
        self.view.installEventFilter(self)
        self.outliner, self.inspector = Outliner(), Inspector(self.catalogue)
        self.relations, self.captions, self.graph = RelationsPanel(), CaptionsPanel(), GraphPanel()
        self.maps, self.history, self.camera_panel = MapsPanel(), HistoryPanel(), CameraPanel()
        self.review_panel, self.compare_panel = ReviewPanel(), ComparePanel()
        self.catalogue_panel = CataloguePanel(self.catalogue)
        self.generate_panel = GeneratePanel(self.app.settings.generation, self.app.settings.models)
        self.results, self.check_panel = ResultStrip(), CheckPanel()
        self.queue_panel = QueuePanel()
        self.scene_pictures = ScenePictures(self.view, self.app.home / "cache" / "scenes")

    def _make_menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for command in self.commands.table:
            if command.menu == "Help" and "Panels" not in menus:
                menus["Panels"] = self.menuBar().addMenu("Panels")
                menus["Panels"].addActions([dock.toggleViewAction() for dock in self.docks.values()])
            if command.menu not in menus:
                menus[command.menu] = self.menuBar().addMenu(command.menu)
                menus[command.menu].aboutToShow.connect(self.commands.refresh)
            menus[command.menu].addAction(self.commands.actions[command.id])

    def _make_toolbar(self) -> None:
        spaces = QToolBar("Workspaces", movable=False, objectName="workspace-toolbar")
        self.switch = WorkspaceSwitch(WORKSPACES)
        self.switch.show_current(self.workspaces.current)
        spaces.addWidget(self.switch)
        self.addToolBar(spaces)
        bar = self.scene_bar = QToolBar("Scene", movable=False, objectName="main-toolbar")
        bar.setIconSize(QSize(TOOL_ICON_PX, TOOL_ICON_PX))
        self.sentence = QLineEdit(placeholderText="Describe a scene, in English or Chinese, and press Enter")
        self.sentence.setClearButtonEnabled(True)
        self.sentence.setMinimumWidth(140)
        self.sentence.setAccessibleName("Sentence")
        self.sentence.setToolTip('"a book on a chair to the left of a table"  (Alt+A)')
        wanted = [command for command in self.commands.table if command.toolbar]
        for group in ("File", "Edit", "View", "Object", "Make"):
            if group == "Make":
                bar.addWidget(self.sentence)
            for command in wanted:
                if command.menu == group:
                    bar.addAction(self.commands.actions[command.id])
            if group != "Make":
                bar.addSeparator()
        self.addToolBar(bar)
        go = bar.widgetForAction(self.commands.actions["make.generate"])
        assert isinstance(go, QToolButton)
        go.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.commands.actions["make.generate"].setIconText("Generate")
        go.setProperty("primary", "true")
        go.style().polish(go)

    def _make_docks(self) -> None:
        self.setTabPosition(LEFT | RIGHT | BOTTOM, self.tabPosition(LEFT).North)
        self.docks: dict[str, QDockWidget] = {}
        self._title_bars = QTimer(self, singleShot=True, interval=0)  # tabs are known a moment after a dock has moved
        self._title_bars.timeout.connect(self._update_title_bars)
        placed: tuple[tuple[str, str, QWidget, Qt.DockWidgetArea], ...] = (
            ("objects", "Objects", self.outliner, LEFT),
            ("catalogue", "Catalogue", self.catalogue_panel, LEFT),
            ("history", "History", self.history, LEFT),
            ("object", "Object", self.inspector, RIGHT),
            ("camera", "Camera", self.camera_panel, RIGHT),
            ("generate", "Generate", self.generate_panel, RIGHT),
            ("check", "Check", self.check_panel, RIGHT),
            ("captions", "Captions", self.captions, RIGHT),
            ("relations", "Relations", self.relations, RIGHT),
            ("graph", "Graph", self.graph, RIGHT),
            ("review", "Review", self.review_panel, RIGHT),
            ("compare", "Compare", self.compare_panel, RIGHT),
            ("maps", "Control maps", self.maps, BOTTOM),
            ("results", "Pictures", self.results, BOTTOM),
            ("queue", "Queue", self.queue_panel, BOTTOM),
        )
        for key, title, panel, area in placed:
            dock = QDockWidget(title, objectName=f"dock-{key}")
            dock.setWidget(panel)
            tab_in_reading_order(panel)
            self.addDockWidget(area, dock)
            self.docks[key] = dock
            dock.topLevelChanged.connect(self._title_bars.start)
            dock.dockLocationChanged.connect(self._title_bars.start)
        self.workspaces = WorkspaceSwitcher(self, self.view, self.docks, WORKSPACES, self._stored())
        self._arrange_docks()
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        self._usual_layout = self.saveState(LAYOUT_VERSION)
        self.tab_bars = TabBars(self, self.docks.values())
        self.workspaces.changed.connect(self.tab_bars.tidy_soon)

    def _arrange_docks(self) -> None:
        docks = self.docks
        self.tabifyDockWidget(docks["catalogue"], docks["history"])
        self.tabifyDockWidget(docks["object"], docks["camera"])
        self.tabifyDockWidget(docks["object"], docks["generate"])
        self.tabifyDockWidget(docks["object"], docks["check"])
        self.tabifyDockWidget(docks["captions"], docks["relations"])
        self.tabifyDockWidget(docks["check"], docks["graph"])
        self.tabifyDockWidget(docks["captions"], docks["review"])
        self.tabifyDockWidget(docks["captions"], docks["compare"])
        self.splitDockWidget(docks["maps"], docks["results"], Qt.Orientation.Horizontal)
        self.tabifyDockWidget(docks["results"], docks["queue"])
        self.workspaces.show_usual_docks()
        self.setCorner(Qt.Corner.BottomLeftCorner, LEFT)
        self.setCorner(Qt.Corner.BottomRightCorner, RIGHT)
        self.resizeDocks([docks["objects"], docks["object"]], [270, 370], Qt.Orientation.Horizontal)
        self.resizeDocks([docks["objects"], docks["catalogue"]], [330, 420], Qt.Orientation.Vertical)
        self.resizeDocks([docks["object"], docks["captions"]], [440, 400], Qt.Orientation.Vertical)
        self.resizeDocks([docks["maps"], docks["results"]], [540, 310], Qt.Orientation.Horizontal)
        self.resizeDocks([docks["maps"]], [235], Qt.Orientation.Vertical)
        self._update_title_bars()

    def _update_title_bars(self) -> None:
        """A docked panel that has a tab needs no second title."""
        for dock in self.docks.values():
            tabbed = not dock.isFloating() and bool(self.tabifiedDockWidgets(dock))
            if tabbed and dock.titleBarWidget() is None:
                dock.setTitleBarWidget(QWidget())
            elif not tabbed and dock.titleBarWidget() is not None:
                dock.setTitleBarWidget(None)

    def _make_status(self) -> None:
        self.place_label, self.saved_label, self.busy_label = QLabel(), QLabel(), QLabel()
        self.busy_bar = QProgressBar(maximumWidth=180, visible=False)
        self.queue_button = QToolButton(toolTip="Show the queue", autoRaise=True)
        bar = self.statusBar()
        bar.addWidget(self.place_label, 1)
        for widget in (self.busy_label, self.busy_bar, self.queue_button, self.saved_label):
            bar.addPermanentWidget(widget)

    def _connect(self) -> None:
        self.live.connect_all()
        self.connect_pictures()
        self.pictures.shown.connect(self.commands.refresh)
        self.relating.show_lines_menu([self.commands.actions[f"view.{name}"] for name in LINE_COMMANDS])
        self.connect_interop()
        for source in (
            self.editing,
            self.files,
            self.work,
            self.checking,
            self.queueing,
            self.pictures,
            self.reporting,
        ):
            source.said.connect(self.notices.say)
        self.switch.switch_requested.connect(self.workspaces.go)
        self.workspaces.changed.connect(self._on_workspace)
        self.sentence.returnPressed.connect(self._on_sentence)
        self.view.files_dropped.connect(self._on_files_dropped)
        self.view.mesh_dropped.connect(self.editing.add_mesh)
        self.catalogue_panel.add_requested.connect(self.editing.add_mesh)
        welcome = self.welcome
        welcome.open_photo_requested.connect(self.ask_photo)
        welcome.sample_photo_requested.connect(self.open_sample_photo)
        welcome.sample_scene_requested.connect(self.ask_sample_scene)
        welcome.sentence_requested.connect(self.focus_sentence)
        welcome.catalogue_requested.connect(self.focus_catalogue)
        self.camera_panel.look_requested.connect(self.toggle_camera)
        self.camera_panel.take_view_requested.connect(self.set_camera_here)
        panel = self.generate_panel
        panel.generate_requested.connect(self.generate)
        panel.cancel_requested.connect(self.queueing.cancel_running)
        panel.retry_requested.connect(self.retry_smaller)
        self.check_panel.report_shown.connect(self.graphing.show_report)
        self.check_panel.until_requested.connect(self.generate_until)
        self.check_panel.objects_selected.connect(self.session.document.select)
        self.checking.reported.connect(self.results.show_check)
        self.checking.preview_made.connect(self.results.show_preview)
        self.checking.image_made.connect(self.live.take_image)
        self.connect_steering()
        self.results.save_requested.connect(self.ask_save_picture)
        self.results.check_requested.connect(self.check_picture)

    # -- life ----------------------------------------------------------------------------------------------------

    def start(self, paths: Sequence[Path] = ()) -> None:
        """After the window is on the screen: recover, open what was asked for, let the engine get ready."""
        recovered = self.files.start()
        for note in (self.app.settings_note, self.app.queue_note):
            if note:
                self.notices.say("warning", note)
        self.pictures.refresh()
        if paths:
            self.open_path(paths[0])
        elif recovered:
            self.live.reload_photo()
        self.app.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_switch()

    def _fit_switch(self) -> None:
        """Titles of the workspaces as far as the tools leave room for them."""
        tools = 0 if self.scene_bar.isHidden() else self.scene_bar.sizeHint().width()
        self.switch.show_titles(self.width() >= self.switch.full_width() + tools)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self.welcome.place()
            self.notices.place()
            self.draft_view.place()
        return super().eventFilter(watched, event)

    def _on_sentence(self) -> None:
        text = self.sentence.text().strip()
        if text and (self.has_objects() or step_asked(text)):
            self.work.edit_by_text(text)
        elif text:
            self.work.read_text(text, complete=self.app.settings.generation.fill_in)

    def _on_files_dropped(self, paths: list[Path]) -> None:
        self.drop_files(paths)

    def _on_autosave(self) -> None:
        if self.app.settings.saving.autosave:
            self.files.autosave()
            self.keep_annotations()

    def _restore_layout(self) -> None:
        self.resize(QSize(1500, 940).boundedTo(self.screen().availableSize()))
        geometry = self._stored().value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.workspaces.restore_layout()
        self._update_title_bars()

    def _stored(self) -> QSettings:
        return QSettings(str(self.app.home / "window.ini"), QSettings.Format.IniFormat)

    def _on_workspace(self, key: str) -> None:
        self.switch.show_current(key)
        self.scene_bar.setVisible(not self.workspaces.workspaces[key].page)
        self._fit_switch()
        self._update_title_bars()
        self.commands.refresh()

    def reset_layout(self) -> None:
        """Put the panels back where they usually are."""
        self.restoreState(self._usual_layout, LAYOUT_VERSION)
        self._arrange_docks()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.view.tool.finish()
        if not self.may_lose_changes():
            event.ignore()
            return
        self._stored().setValue("geometry", self.saveGeometry())
        self.workspaces.keep_layout()
        self.workspaces.close()
        self._autosave.stop()
        self.relating.close()
        self.keep_annotations(closing=True)
        self.files.close()
        self.queueing.close()
        self.bridge.close()
        self.app.close()
        event.accept()

    def take_theme(self, wanted: theme.Theme, scale: float | None = None) -> None:
        """Change the look of everything; `scale` is the size of text."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply_theme(application, wanted, scale)
        self.commands.refresh_icons()
        refresh_icons(self)
        self.notices.clear()
        self.outliner.view.viewport().update()
        self.view.take_theme()
        self.graph.take_theme()
        self.check_panel.take_theme()
        self.live.refresh_all()

    def has_objects(self) -> bool:
        """Whether the scene holds anything."""
        return bool(self.session.scene.objects)

    def show_title(self) -> None:
        """Name of the file and whether it is saved, in the title."""
        name = self.session.path.name if self.session.path else (self.session.scene.title or self.library_title())
        self.setWindowTitle(f"{'' if self.session.is_saved else '• '}{name} - SD3 Studio")


def _catalogue_or_empty(home: Path) -> Catalogue:
    """The shipped things and the user's own; what can't be read is left out."""
    for read in (lambda: whole_catalogue(home), lambda: Catalogue(shipped_catalogue().entries)):
        try:
            return read()
        except StudioError:
            continue
    return Catalogue({})


def wanted_theme(name: str, application: QApplication) -> theme.Theme:
    """The theme of a setting; "system" follows the desktop."""
    if name in theme.THEMES:
        return theme.THEMES[name]
    light = application.styleHints().colorScheme() == Qt.ColorScheme.Light
    return theme.LIGHT if light else theme.DARK


def main(paths: Sequence[Path] = ()) -> int:
    """Open the window; returns the exit code when it was closed."""
    set_default_format()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("SD3 Studio")
    with App() as app:
        looks = app.settings.appearance
        theme.apply_theme(application, wanted_theme(looks.theme, application), looks.scale)
        window = MainWindow(app)
        sys.excepthook = window.on_unexpected_error
        window.show()
        QTimer.singleShot(0, window, lambda: window.start(paths))
        QTimer.singleShot(0, window, gc.freeze)  # what the start left is never garbage: looking for it took 0.1 s
        return application.exec()


__all__ = ["MainWindow", "main"]

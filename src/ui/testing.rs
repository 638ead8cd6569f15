//! A screen to draw on, for the tests of widgets.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Theme;

/// Draws on an empty screen of this size, in the default theme.
pub(crate) fn draw(
    width: u16,
    height: u16,
    widget: impl FnOnce(Rect, &mut Buffer, &Theme),
) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    widget(area, &mut buf, &Theme::plain());
    buf
}

/// The lines of a screen, without the blanks at their ends.
pub(crate) fn lines(buf: &Buffer) -> Vec<String> {
    let row = |y| {
        let mut line = String::new();
        let mut covered = 0;
        for x in buf.area.left()..buf.area.right() {
            let symbol = buf[(x, y)].symbol();
            if x >= covered {
                line.push_str(symbol);
                covered = x + super::pen::columns(symbol).max(1);
            }
        }
        line.trim_end().to_owned()
    };
    (buf.area.top()..buf.area.bottom()).map(row).collect()
}

/// Draws at every small size, at some large ones, and where the area leaves the screen; in both
/// sets of shapes.
pub(crate) fn at_every_size(widget: impl Fn(Rect, &mut Buffer, &Theme)) {
    let small = (0..=24).flat_map(|width| (0..=7).map(move |height| (width, height)));
    let large = [(38, 9), (60, 15), (80, 24), (200, 3), (3, 60)];
    for theme in [
        Theme::plain(),
        Theme::builtin("dark")
            .unwrap_or_else(|_| Theme::plain())
            .ascii(),
    ] {
        for (width, height) in small.clone().chain(large) {
            let area = Rect::new(3, 2, width, height);
            widget(area, &mut Buffer::empty(area), &theme);
            widget(area, &mut Buffer::empty(Rect::new(0, 0, 20, 6)), &theme);
            let screen = Rect::new(0, 0, width.saturating_add(6), height.saturating_add(4));
            let mut buf = Buffer::empty(screen);
            widget(area, &mut buf, &theme);
            let outside = screen.positions().filter(|at| !area.contains(*at));
            for at in outside {
                assert_eq!(buf[at].symbol(), " ", "drawn outside {area} at {at}");
            }
        }
    }
}

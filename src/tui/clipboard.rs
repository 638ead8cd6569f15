//! The clipboard, through the terminal itself (OSC 52), so that it works over a remote shell.

use std::io::{self, Write as _};

use base64::Engine as _;

/// Terminals cut longer sequences off.
const MOST: usize = 70_000;

/// Copies `text` and says what became of it. A terminal does not answer, so the text is shown too.
pub(super) fn copy(text: &str) -> String {
    if text.len() > MOST {
        return format!(
            "{} bytes are too many for the terminal's clipboard",
            text.len()
        );
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    // tmux passes a sequence on only when it is wrapped, with its escapes doubled.
    let wrapped = match std::env::var_os("TMUX") {
        Some(_) => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
        None => sequence,
    };
    match io::stdout()
        .write_all(wrapped.as_bytes())
        .and_then(|()| io::stdout().flush())
    {
        Ok(()) => format!("copied by OSC 52 ({} bytes): {text}", text.len()),
        Err(error) => format!("not copied ({error}): {text}"),
    }
}

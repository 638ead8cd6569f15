//! A commit message taken apart as git takes it apart: subject, body, trailers.
//!
//! `git log` prints the parts for us only in an export that asks for them; in every other output
//! the message stands whole and is taken apart here, by the rules of git's `pretty.c` and
//! `trailer.c`, so that one commit reads the same from every export. Blanks at line ends are
//! dropped in all of them because git drops them in most.

/// Lines that git itself appends; one of them lets other text stand among the trailers.
const GENERATED: [&str; 2] = ["Signed-off-by: ", "(cherry picked from commit "];

/// The parts of a commit message. A part that the message does not have is empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The first paragraph on one line (`%s`).
    pub subject: String,
    /// Everything after the first paragraph, trailers included (`%b`).
    pub body: String,
    /// One `Key: value` a line, unfolded.
    pub trailers: String,
}

impl Message {
    /// Takes a whole message apart.
    pub fn new(text: &str) -> Self {
        let text = tidy(text);
        let (title, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let body = body.trim_start_matches('\n').to_owned();
        Self {
            subject: title.replace('\n', " "),
            trailers: trailers(&body),
            body,
        }
    }
}

/// `text` without blanks at line ends and without blank lines around it.
pub fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_end_matches([' ', '\t', '\r']))
        .collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The trailers of the last paragraph, if git would take it for trailers: all its lines are, or one
/// is of git's own making and a quarter of them are.
fn trailers(body: &str) -> String {
    let mut found: Vec<String> = Vec::new();
    let (mut trailer_lines, mut other_lines) = (0_usize, 0_usize);
    let (mut generated, mut in_trailer) = (false, false);
    let paragraph = body.rsplit("\n\n").next().unwrap_or_default();
    for line in paragraph.lines().filter(|line| !line.starts_with('#')) {
        let by_git = GENERATED.iter().any(|prefix| line.starts_with(prefix));
        generated |= by_git;
        if line.starts_with([' ', '\t']) {
            match found.last_mut().filter(|_| in_trailer) {
                Some(trailer) => trailer.extend([" ", line.trim()]),
                None => other_lines += 1,
            }
            continue;
        }
        let trailer = pair(line);
        in_trailer = trailer.is_some();
        if in_trailer || by_git {
            trailer_lines += 1;
        } else {
            other_lines += 1;
        }
        found.extend(trailer.map(|(key, value)| format!("{key}: {value}")));
    }
    let most = generated && trailer_lines.saturating_mul(3) >= other_lines;
    if most || other_lines == 0 {
        found.join("\n")
    } else {
        String::new()
    }
}

/// Key and value of one trailer line.
fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let key = key.trim_end_matches([' ', '\t']);
    let sound = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    sound.then(|| (key, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_a_subject_a_body_and_trailers() {
        let message = Message::new(
            "\nCharge the card\nonce \n\nRetries were double.  \n\nTicket: SHOP-7\n and 8\nSigned-off-by: A <a@b>\n\n",
        );
        assert_eq!(message.subject, "Charge the card once");
        assert_eq!(
            message.body,
            "Retries were double.\n\nTicket: SHOP-7\n and 8\nSigned-off-by: A <a@b>"
        );
        assert_eq!(
            message.trailers,
            "Ticket: SHOP-7 and 8\nSigned-off-by: A <a@b>"
        );
    }

    #[test]
    fn prose_is_not_taken_for_trailers() {
        for text in [
            "Fix: all",
            "Fix\n\nNote: this\nis prose",
            "Fix\n\nsee a.rs",
            "Fix",
            "",
        ] {
            assert_eq!(Message::new(text).trailers, "", "{text}");
        }
    }

    #[test]
    fn a_line_of_gits_own_lets_others_stand_among_trailers() {
        let message = Message::new(
            "Fix\n\n[a: tested]\nSigned-off-by: B <b@c>\n(cherry picked from commit 1)",
        );
        assert_eq!(message.trailers, "Signed-off-by: B <b@c>");
    }
}

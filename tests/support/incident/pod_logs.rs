//! `logs/`: `kubectl logs` of the one pod that never got OpenTelemetry: plain lines of its framework,
//! JSON lines of the module that somebody rewrote. The pod's name is in the file's name only.

use serde_json::json;

use super::clock::{self, HOUR, MILLI, MINUTE, Ns, SECOND, at};
use super::files::Files;
use super::kubernetes::mailer_name;
use super::story::END;
use super::telemetry::trace_id;
use super::traffic::{Request, Way};
use super::world::World;

/// Writes the folder.
pub fn write(world: &World, files: &mut Files) {
    let since = at(END) - 5 * HOUR;
    let mut lines: Vec<(Ns, String)> = world
        .requests
        .iter()
        .filter(|request| request.sampled && request.time >= since && request.payment.is_some())
        .flat_map(mail)
        .collect();
    let mut poll = since;
    while poll < at(END) {
        lines.push((
            poll,
            format!(
                "{} DEBUG QueuePoller - polled orders.placed, backlog={}",
                plain(poll),
                clock::unix(poll) / 600 % 5
            ),
        ));
        poll += 10 * MINUTE;
    }
    lines.retain(|(time, _)| *time < at(END));
    lines.sort();
    let text: String = lines.into_iter().map(|(_, line)| line + "\n").collect();
    files.put(&format!("logs/{}.log", mailer_name()), text);
}

/// Log4j's default form, in UTC.
fn plain(time: Ns) -> String {
    clock::form(time, "%Y-%m-%d %H:%M:%S,%3f")
}

/// What the mailer says of an order.
fn mail(request: &Request) -> Vec<(Ns, String)> {
    let order = 8_400_000 + request.number * 3;
    let time = request.time + request.web_took();
    let pending = matches!(
        request.payment.as_ref().map(|payment| &payment.way),
        Some(Way::Legacy {
            answered: false,
            ..
        })
    );
    if pending {
        let held = time + 10 * MINUTE;
        let line = json!({
            "ts": clock::millis(held),
            "level": "warn",
            "msg": format!("order {order} has no payment after 10 min, confirmation held"),
            "order": order,
            "trace_id": trace_id(request),
        });
        return vec![(held, line.to_string())];
    }
    if request.failed() {
        return Vec::new();
    }
    let sent = time + 2 * SECOND + 140 * MILLI;
    vec![(
        sent,
        format!(
            "{} INFO  OrderMailer - sent confirmation for order {order}",
            plain(sent)
        ),
    )]
}

//! The way of somebody who looks for what broke: from a name to the prompt, along the chain to the
//! failing trace, its logs and the secret, and back, without a mouse.

use crate::support::cases::TempCase;
use crate::support::sample_data;
use crate::support::workbench::Bench;

fn walk(width: u16, height: u16) {
    let case = TempCase::new();
    case.load(&[&sample_data()]);
    let mut bench = Bench::open(&case, width, height);

    // Find the commit by parts of its name.
    bench
        .press("ctrl-p")
        .type_in("let the fallback reach")
        .shows("1 found")
        .press("enter");
    bench
        .shows("checkout: let the fallback reach its credential")
        .shows("C3");

    // To its prompt.
    bench
        .press("c left enter")
        .shows("prompt")
        .shows("stop checkout timeouts");

    // Along the chain to the build and the deployment.
    bench
        .press("c right right right enter")
        .shows("18731345139");
    bench
        .press("c right right right enter")
        .shows("v2.15.0 to production");

    // What it did: a failing trace, the span that failed, its logs.
    bench
        .press("c right right right")
        .shows("111 with errors")
        .press("enter")
        .shows("POST /checkout");
    bench
        .press("enter")
        .shows("legacy-pay.acme-partners.example");
    bench.press("o").shows("legacy gate");

    // The secret that it read.
    bench
        .press("0 /")
        .type_in("legacy-gateway-key")
        .press("enter")
        .shows("legacy-g");
    bench
        .press("r")
        .shows("vault/audit.log")
        .press("pagedown")
        .shows("legacy-gateway-key")
        .press("esc");

    // And back to where it began.
    bench.press("[ [ [ [ [").shows("let the fallback reach");
    bench.press("[").shows("everything");
    bench.press("] ").shows("let the fallback reach");
}

#[test]
fn on_a_small_screen() {
    walk(80, 24);
}

#[test]
fn on_a_large_screen() {
    walk(160, 45);
}

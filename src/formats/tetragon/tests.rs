use super::*;
use crate::formats::testing::{Seen as Rows, parse, samples, sniff, torn_and_flipped};

fn event(kind: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({
        "process": {"exec_id": "bm9kZTox", "pid": 77, "uid": 0, "cwd": "/", "binary": "/bin/till", "arguments": "--serve",
            "flags": "execve", "start_time": "2026-11-03T14:00:00.000000001Z", "docker": "19a02291e106ce6227b6",
            "pod": {"namespace": "shop", "name": "till-6d5f9c7b8-x2x4q", "uid": "u-1", "workload": "till", "pod_labels": {"app.kubernetes.io/version": "2.4.0"},
                "container": {"id": format!("containerd://{}", "19".repeat(32)), "name": "app", "pid": 1, "start_time": "2026-11-03T13:59:59Z",
                    "image": {"id": format!("docker-pullable://registry.local/till@sha256:{}", "ab".repeat(32)), "name": "registry.local/till:2.4.0"}}}},
        "parent": {"binary": "/bin/sh"}
    });
    change(&mut body);
    let mut event = json!({"node_name": "node-1", "time": "2026-11-03T14:00:00.5Z"});
    event[kind] = body;
    event
}

fn read(event: &Value) -> Rows {
    parse(&Tetragon, "tetragon.log", event.to_string().as_bytes())
}

#[test]
fn a_process_that_ran() {
    let seen = read(&event("process_exec", |_| {}));
    let row = seen.of("access")[0];
    for (column, expected) in [
        ("kind", "process"),
        ("provider", "tetragon"),
        ("event_id", "bm9kZTox"),
        ("class_uid", "1007"),
        ("principal", "shop/till-6d5f9c7b8-x2x4q"),
        ("object", "/bin/till"),
        ("verb", "exec"),
        ("result", "success"),
        ("region", "shop"),
        ("k8s_pod_name", "till-6d5f9c7b8-x2x4q"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    assert_eq!(seen.times("access"), ["2026-11-03T14:00:00.500000000Z"]);
    let row = seen.of("instance")[0];
    let (digest, container) = (format!("sha256:{}", "ab".repeat(32)), "19".repeat(32));
    for (column, expected) in [
        ("service", "till"),
        ("version", "2.4.0"),
        ("digest", digest.as_str()),
        ("container_id", container.as_str()),
        ("image", "registry.local/till:2.4.0"),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    let later = read(&event("process_exec", |body| {
        body["process"]["pod"]["container"]["pid"] = json!(12);
    }));
    assert!(
        later.of("instance").is_empty(),
        "the container is told once"
    );
}

#[test]
fn hooks_are_read_by_what_they_touch() {
    let touch = |function: &str, argument: Value| {
        let seen = read(&event("process_kprobe", |body| {
            body["function_name"] = json!(function);
            body["args"] = json!([argument]);
        }));
        let row = seen.of("access")[0];
        (
            row["kind"].clone(),
            row["verb"].clone(),
            row["object"].clone(),
        )
    };
    let row = |kind: &str, verb: &str, object: &str| {
        (kind.to_owned(), verb.to_owned(), object.to_owned())
    };
    assert_eq!(
        touch(
            "tcp_connect",
            json!({"sock_arg": {"saddr": "10.0.0.1", "daddr": "203.0.113.9", "dport": 443}})
        ),
        row("network", "connect", "203.0.113.9:443")
    );
    assert_eq!(
        touch("fd_install", json!({"file_arg": {"path": "/etc/shadow"}})),
        row("file", "open", "/etc/shadow")
    );
    assert_eq!(
        touch("do_init_module", json!({"module_arg": {"name": "rootkit"}})),
        row("privilege", "load_module", "rootkit")
    );
    assert_eq!(
        touch(
            "commit_creds",
            json!({"process_credentials_arg": {"uid": 0, "euid": 0}})
        ),
        row("privilege", "set_credentials", "uid 0 euid 0")
    );
    assert_eq!(
        touch(
            "cap_capable",
            json!({"capability_arg": {"name": "CAP_SYS_ADMIN"}})
        ),
        row("privilege", "capable", "CAP_SYS_ADMIN")
    );
    assert_eq!(
        touch("sys_ptrace", json!({"int_arg": 1})),
        row("privilege", "sys_ptrace", "/bin/till")
    );
    let seen = read(&event("process_kprobe", |body| {
        body["function_name"] = json!("security_file_permission");
        body["args"] = json!([{"file_arg": {"path": "/data"}}, {"int_arg": 2}]);
        body["action"] = json!("KPROBE_ACTION_SIGKILL");
    }));
    assert_eq!(
        (
            seen.of("access")[0]["verb"].as_str(),
            seen.of("access")[0]["result"].as_str()
        ),
        ("write", "denied")
    );
}

#[test]
fn older_sockets_ends_and_gaps() {
    let seen = read(&event("process_connect", |body| {
        body["source_ip"] = json!("10.88.0.3");
        body["destination_ip"] = json!("203.0.113.9");
        body["destination_port"] = json!(22);
    }));
    let row = seen.of("access")[0];
    assert_eq!(
        (
            row["object"].as_str(),
            row["verb"].as_str(),
            row["source_address"].as_str()
        ),
        ("203.0.113.9:22", "connect", "10.88.0.3")
    );
    for kind in ["process_exit", "process_close", "process_future"] {
        let seen = read(&event(kind, |_| {}));
        assert_eq!(
            (seen.kept, seen.ignored.values().sum::<u64>()),
            (0, 1),
            "{kind}"
        );
    }
    let gap = json!({"rate_limit_info": {"number_of_dropped_process_events": "9"}, "node_name": "n", "time": "2026-11-03T14:00:00Z"});
    assert_eq!(sniff(&Tetragon, gap.to_string().as_bytes()), CERTAIN);
    assert_eq!(read(&gap).of("log")[0]["body"], "dropped 9 process events");
    assert_eq!(read(&json!({"x": 1})).rejects.len(), 1);
}

#[test]
fn hostile_bytes_do_no_harm() {
    torn_and_flipped(
        &Tetragon,
        event("process_exec", |_| {}).to_string().as_bytes(),
    );
}

#[test]
fn real_samples_are_read() {
    let (mut files, mut read, mut kept, mut instances) = (0, 0, 0, 0);
    for (path, bytes) in samples("tetragon") {
        // Three are filters, not events.
        let is_event = !["events-3", "events-4", "events-5"]
            .iter()
            .any(|name| path.contains(name));
        assert_eq!(sniff(&Tetragon, &bytes) == CERTAIN, is_event, "{path}");
        if is_event {
            let seen = parse(&Tetragon, &path, &bytes);
            assert!(seen.rejects.is_empty(), "{path}: {:?}", seen.rejects);
            (files, read, kept) = (files + 1, read + seen.read, kept + seen.kept);
            instances += seen.of("instance").len();
        }
    }
    assert!(
        files == 0 || (files, read, kept) == (36, 38, 27),
        "{files} files, {read} read, {kept} kept"
    );
    assert!(files == 0 || instances > 0);
}

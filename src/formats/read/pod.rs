//! The pod that a log file's path names.
//!
//! `kubectl logs` writes the text alone, so the only thing that ties a saved log to a pod is often
//! the name that somebody gave the file: `<pod>.log`, `<namespace>_<pod>_<container>.log`,
//! `<pod>/<container>.log`, or what the kubelet and its log collectors use themselves
//! (`<pod>_<namespace>_<container>-<id>.log`, `<namespace>_<pod>_<uid>/<container>/0.log`).
//!
//! A part of a path is taken for a pod only where [`id::workload`] knows its ending, because a
//! wrong pod would tie a log to the wrong service. So pods of stateful sets and bare pods are not
//! found this way; a record that names its pod itself needs no hint.

use std::borrow::Cow;

use crate::model::id;
use crate::model::runtime::Log;

/// How many parts of the path are looked at, from the file name upwards.
const PARTS: usize = 3;

/// The pod that `path` names: `checkout-6d5f9c7b8-x2x4q` in `logs/checkout-6d5f9c7b8-x2x4q.log`.
#[must_use]
pub fn of_path(path: &str) -> Option<&str> {
    let parts = path.rsplit(['/', '\\', '!']).take(PARTS);
    parts.flat_map(|part| part.split('_')).find_map(pod)
}

/// Fills what `log` leaves open: the pod with the one that the path named, the service with the
/// workload behind the pod.
pub fn hint<'a>(log: &mut Log<'a>, pod: Option<&'a str>) {
    if log.k8s_pod_name.is_none() {
        log.k8s_pod_name = pod.map(Cow::Borrowed);
    }
    if log.service_name.is_none() {
        log.service_name = match &log.k8s_pod_name {
            Some(Cow::Borrowed(pod)) => id::workload(pod).map(Cow::Borrowed),
            Some(Cow::Owned(pod)) => id::workload(pod).map(|name| Cow::Owned(name.to_owned())),
            None => None,
        };
    }
}

/// `part` without as many endings (`.log`, `.1`, `.gz`) as it takes to be a pod's name.
fn pod(part: &str) -> Option<&str> {
    std::iter::successors(Some(part), |text| {
        text.rsplit_once('.').map(|(stem, _)| stem)
    })
    .take(4)
    .find(|text| id::workload(text).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_path_names_the_pod() {
        let pod = "basket-7c9d8f6b54-zk2vd";
        for path in [
            "basket-7c9d8f6b54-zk2vd.log",
            "logs/basket-7c9d8f6b54-zk2vd.previous.log.gz",
            "export.zip!logs/shop_basket-7c9d8f6b54-zk2vd_server.log",
            "basket-7c9d8f6b54-zk2vd/server.log",
            "pods/shop_basket-7c9d8f6b54-zk2vd_0aa1/server/0.log",
            "containers/basket-7c9d8f6b54-zk2vd_shop_server-4bf92f3577b3.log",
        ] {
            assert_eq!(of_path(path), Some(pod), "{path}");
        }
        for path in ["basket.log", "postgres-0.log", "", "....", "a/b/c"] {
            assert_eq!(of_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_record_keeps_what_it_says_itself() {
        let mut log = Log {
            service_name: Some("till".into()),
            ..Log::default()
        };
        hint(&mut log, Some("basket-7c9d8f6b54-zk2vd"));
        assert_eq!(log.service_name.as_deref(), Some("till"));
        assert_eq!(log.k8s_pod_name.as_deref(), Some("basket-7c9d8f6b54-zk2vd"));
        let mut log = Log {
            k8s_pod_name: Some("basket-7c9d8f6b54-zk2vd".into()),
            ..Log::default()
        };
        hint(&mut log, Some("other-7c9d8f6b54-zk2vd"));
        assert_eq!(log.service_name.as_deref(), Some("basket"));
    }
}

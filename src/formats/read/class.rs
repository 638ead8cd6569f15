//! Classes of events, by the numbers of the Open Cybersecurity Schema Framework (schema.ocsf.io).
//!
//! `access.class_uid` holds one of them, so that a question about all of the network or all of the
//! grants needs no list of providers. What a class is called here is what it is called there.

/// A file was opened, read, written or deleted.
pub const FILE_SYSTEM_ACTIVITY: i64 = 1001;
/// A kernel module was loaded or unloaded.
pub const KERNEL_EXTENSION_ACTIVITY: i64 = 1002;
/// A resource of the kernel was used.
pub const KERNEL_ACTIVITY: i64 = 1003;
/// A library was loaded.
pub const MODULE_ACTIVITY: i64 = 1005;
/// A process began, ended or did something to another.
pub const PROCESS_ACTIVITY: i64 = 1007;
/// An account was made, changed or removed.
pub const ACCOUNT_CHANGE: i64 = 3001;
/// Somebody logged in, or got credentials.
pub const AUTHENTICATION: i64 = 3002;
/// A privilege was given or taken.
pub const USER_ACCESS_MANAGEMENT: i64 = 3005;
/// A connection or a flow.
pub const NETWORK_ACTIVITY: i64 = 4001;
/// A request by HTTP.
pub const HTTP_ACTIVITY: i64 = 4002;
/// A query for a name.
pub const DNS_ACTIVITY: i64 = 4003;
/// A call of an API.
pub const API_ACTIVITY: i64 = 6003;

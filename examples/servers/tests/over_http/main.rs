//! The example servers, each a process of its own, over HTTP.

#![cfg(test)]

mod axum_login;
mod multi_tenant;
mod server;

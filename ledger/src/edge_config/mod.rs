//! edge_config

//! Cargo only watches the migrations that existed at the last build: this makes it notice a new file as well.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}

//! Programs that brands list in the network, and the public pages of the network.

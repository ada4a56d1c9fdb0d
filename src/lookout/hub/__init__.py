"""From batches to one trusted picture: store, landing, quality, resolution, marts, results, snapshots, reading."""

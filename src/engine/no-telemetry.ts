// onnxruntime keeps a database of its use below the home directory, to be sent to its maker, unless this stands in the process's own
// environment before it is loaded; a worker thread has only a copy of it, so the main thread loads this before it starts one.
process.env.ORT_DISABLE_TELEMETRY = '1';

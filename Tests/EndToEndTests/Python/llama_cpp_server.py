"""llama.cpp (pip install xllamacpp) for the scripts beside this one."""
import json

import xllamacpp


def open_server(model, adapter=None):
    """Key and value caches are float32 and flash attention is off, so that the model alone decides."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.n_ctx = 512
    parameters.n_parallel = 1
    parameters.warmup = False
    parameters.cpuparams.n_threads = 2
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    if adapter:
        parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 1.0)]
    return xllamacpp.Server(parameters)


def parsed(answer):
    """Versions of the package differ in whether an answer is text."""
    return answer if isinstance(answer, dict) else json.loads(answer)
